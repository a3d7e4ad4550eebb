/** How tokens of an issuer are recognised. */
export interface JwtSettings {
  readonly issuer: string;
  readonly audience: string;
  /** The only ones accepted, whatever a token says of itself. */
  readonly algorithms: readonly string[];
  readonly keys: { readonly kind: 'jwks'; readonly url: string } | { readonly kind: 'file'; readonly path: string };
}

export interface RateLimitSettings {
  /** Requests of one caller in each window. */
  readonly requests: number;
  readonly windowS: number;
}

export interface AccessSettings {
  /** `AUTH=none`: whoever reaches the port may do anything, and that is meant so. */
  readonly isOpen: boolean;
  readonly apiKeysFile: string | undefined;
  /** The same JSON as in the file. */
  readonly apiKeys: string | undefined;
  readonly jwt: JwtSettings | null;
  readonly rateLimit: RateLimitSettings | null;
}

/** The access settings as they stand in the environment. */
export interface AccessVariables {
  readonly AUTH?: 'none' | undefined;
  readonly API_KEYS?: string | undefined;
  readonly API_KEYS_FILE?: string | undefined;
  readonly JWT_ISSUER?: string | undefined;
  readonly JWT_AUDIENCE?: string | undefined;
  readonly JWT_JWKS_URL?: string | undefined;
  readonly JWT_PUBLIC_KEY_FILE?: string | undefined;
  readonly JWT_ALGORITHMS: readonly string[];
  readonly RATE_LIMIT?: number | undefined;
  readonly RATE_LIMIT_WINDOW_S: number;
}

/** The signatures that may be accepted. HMAC is not among them: with it, whoever can verify can forge. */
export const JWT_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
export const JWT_ALGORITHMS_DEFAULT = 'RS256,ES256,EdDSA';

interface Defect {
  readonly name: keyof AccessVariables;
  readonly message: string;
}

/** Where settings that are right by themselves contradict or lack each other. */
export function findAccessDefects(variables: AccessVariables): readonly Defect[] {
  const { AUTH, API_KEYS, API_KEYS_FILE, JWT_ISSUER, JWT_AUDIENCE, JWT_JWKS_URL, JWT_PUBLIC_KEY_FILE } = variables;
  const defects: Defect[] = [];
  const jwt = [JWT_ISSUER, JWT_AUDIENCE, JWT_JWKS_URL, JWT_PUBLIC_KEY_FILE];
  if (jwt.some((value) => value !== undefined)) {
    if (JWT_ISSUER === undefined) defects.push({ name: 'JWT_ISSUER', message: 'is needed for tokens' });
    if (JWT_AUDIENCE === undefined) defects.push({ name: 'JWT_AUDIENCE', message: 'is needed for tokens' });
    if ((JWT_JWKS_URL === undefined) === (JWT_PUBLIC_KEY_FILE === undefined)) {
      const message = 'tokens need either this or JWT_PUBLIC_KEY_FILE, not both';
      defects.push({ name: 'JWT_JWKS_URL', message });
    }
  }
  if (AUTH === 'none' && [API_KEYS, API_KEYS_FILE, ...jwt].some((value) => value !== undefined)) {
    defects.push({ name: 'AUTH', message: 'none contradicts the API keys or tokens that are configured' });
  }
  return defects;
}

/** The settings in `variables`, which have no defects. */
export function accessSettingsOf(variables: AccessVariables): AccessSettings {
  const { RATE_LIMIT: requests, RATE_LIMIT_WINDOW_S: windowS } = variables;
  return {
    isOpen: variables.AUTH === 'none',
    apiKeysFile: variables.API_KEYS_FILE,
    apiKeys: variables.API_KEYS,
    jwt: jwtSettingsOf(variables),
    rateLimit: requests === undefined ? null : { requests, windowS },
  };
}

function jwtSettingsOf(variables: AccessVariables): JwtSettings | null {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_JWKS_URL: url, JWT_PUBLIC_KEY_FILE: path } = variables;
  if (issuer === undefined || audience === undefined) return null;
  const keys = url === undefined ? { kind: 'file' as const, path: path ?? '' } : { kind: 'jwks' as const, url };
  return { issuer, audience, algorithms: variables.JWT_ALGORITHMS, keys };
}
