// A classic script in the head, so that the page never shows in the wrong colours first.
const THEME_KEY = 'user-balance-console-theme';

/** 'auto', 'dark' or 'light', as it was chosen here before. */
function readTheme() {
  try {
    const kept = localStorage.getItem(THEME_KEY);
    return kept === 'dark' || kept === 'light' ? kept : 'auto';
  } catch {
    // Storage may be switched off.
    return 'auto';
  }
}

/** @param {string} theme */
function applyTheme(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

applyTheme(readTheme());

document.addEventListener('DOMContentLoaded', () => {
  const button = /** @type {HTMLElement} */ (document.getElementById('theme-button'));
  const text = /** @type {HTMLElement} */ (document.getElementById('theme-text'));
  let theme = readTheme();
  const show = () => {
    text.textContent = { auto: 'Auto', dark: 'Dark', light: 'Light' }[theme] ?? '';
    button.setAttribute('aria-label', `Colours: ${text.textContent}`);
  };
  button.addEventListener('click', () => {
    theme = theme === 'auto' ? 'dark' : theme === 'dark' ? 'light' : 'auto';
    applyTheme(theme);
    show();
    try {
      localStorage.setItem(THEME_KEY, theme);
    } catch {
      // Then it holds until the page is left.
    }
  });
  show();
});
