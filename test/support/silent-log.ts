const ignore = () => undefined;

/** For what a test provokes on purpose. */
export const silentLog = { debug: ignore, info: ignore, warn: ignore, error: ignore };
