const tasksBySignal = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Runs `task` once when the signal is aborted, or never if it has been; the returned function cancels it.
 *
 * One signal may be that of thousands of calls, such as the one that ends a process, and Node warns of a leak at the
 * eleventh listener. So each signal has one listener, which runs the tasks, for as long as there are any.
 */
export function onAbort(signal: AbortSignal, task: () => void): () => void {
  let tasks = tasksBySignal.get(signal);
  if (tasks === undefined) {
    tasks = new Set();
    tasksBySignal.set(signal, tasks);
  }
  if (tasks.size === 0) signal.addEventListener('abort', runTasks, { once: true });
  tasks.add(task);
  return () => {
    tasks.delete(task);
    if (tasks.size === 0) signal.removeEventListener('abort', runTasks);
  };
}

function runTasks(this: AbortSignal): void {
  for (const task of [...(tasksBySignal.get(this) ?? [])]) task();
}
