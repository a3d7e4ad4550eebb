/** `callers` at the same time do `step` after step, `stepsMax` in all or until it says false. */
export async function callAtOnce(callers: number, stepsMax: number, step: () => Promise<boolean>): Promise<void> {
  let steps = 0;
  const call = async () => {
    while (steps < stepsMax) {
      steps += 1;
      if (!(await step())) return;
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
}
