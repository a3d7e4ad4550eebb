/** An API key or a JWT. The function is asked before every attempt, so it decides how long a token is kept. */
export type Credentials = string | (() => string | Promise<string>);

/** Neither keys nor JWTs have blanks or line ends, which fetch would refuse in a way that looks like a lost connection. */
const TOKEN = /^[!-~]+$/;

/** What goes behind `Bearer`; null without credentials. Rejects when the function does, or gives no token. */
export async function tokenOf(credentials: Credentials | null): Promise<string | null> {
  if (credentials === null) return null;
  const token = typeof credentials === 'function' ? await credentials() : credentials;
  if (typeof token === 'string' && TOKEN.test(token)) return token;
  // It is not repeated: it may be a secret with a line end.
  throw new TypeError('A token has printable ASCII characters only, and no blank.');
}
