import { byId, setText } from './dom.js';

/**
 * The API key or token, kept in memory only: neither storage nor an address ever holds it.
 * @param {() => void} onChange
 */
export function createAccessKey(onChange) {
  const form = byId('key-form');
  const input = /** @type {HTMLInputElement} */ (byId('key'));
  const button = byId('key-button');
  /** @type {string | null} */
  let key = null;

  function close() {
    form.hidden = true;
    input.value = '';
  }

  /**
   * @param {string} title
   * @param {string} detail
   */
  function open(title, detail) {
    setText(byId('key-title'), title);
    setText(byId('key-detail'), `${detail} It is kept in this page only, and forgotten when you leave it.`.trim());
    form.hidden = false;
  }

  button.addEventListener('click', () => {
    if (!form.hidden) return close();
    open('API key', key === null ? '' : 'One is in use.');
    input.focus();
  });
  byId('key-cancel').addEventListener('click', () => {
    close();
    button.focus();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const given = input.value.trim();
    key = given === '' ? null : given;
    close();
    button.focus();
    onChange();
  });

  return {
    read: () => key,
    /**
     * The service does not let us in with what we have.
     * @param {string} detail
     */
    ask(detail) {
      const isNew = form.hidden;
      open('The service asks for an API key.', detail);
      if (isNew) input.focus();
    },
  };
}
