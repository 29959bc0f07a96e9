// Words that people type as keys of a table: `constructor` and `__proto__` are not among its own.

export function ownOf<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined
}
