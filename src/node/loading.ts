// Code of commands that is still being read from the host's disk. Virtual time stands still until it is there.

const pending = new Set<Promise<unknown>>()

export const loading = {
  get isPending(): boolean {
    return pending.size > 0
  },

  hold<T>(work: Promise<T>): Promise<T> {
    const over = (): void => void pending.delete(held)
    const held: Promise<void> = work.then(over, over)
    pending.add(held)
    return work
  },

  async settled(): Promise<void> {
    while (pending.size > 0) await Promise.all(pending)
  },
}
