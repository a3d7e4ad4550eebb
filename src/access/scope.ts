/** What a caller may be allowed to do. Each endpoint asks for one of them. */
export const SCOPES = ['balance:read', 'balance:write', 'users:create', 'metrics:read'] as const;

export type Scope = (typeof SCOPES)[number];

export const isScope = (text: string): text is Scope => (SCOPES as readonly string[]).includes(text);
