/**
 * Resolves to true when the stream has taken all of `text`, to false when whoever read it has gone: that is theirs to
 * decide, and no failure. Rejects when it cannot be written for another reason, such as a full disk.
 */
export function writeAll(stream: NodeJS.WritableStream, text: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // The stream reports to both; an error nobody hears ends the process with 1, which would read as a finding.
    stream.once('error', () => undefined);
    stream.write(text, (error?: NodeJS.ErrnoException | null) => {
      if (error === undefined || error === null) resolve(true);
      else if (error.code === 'EPIPE') resolve(false);
      else reject(error);
    });
  });
}
