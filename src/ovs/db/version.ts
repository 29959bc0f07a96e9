// Versions of Open vSwitch: '2.11.0', compared part by part.

export function atLeast(version: string, wanted: string): boolean {
  const ours = version.split('.').map(Number)
  const theirs = wanted.split('.').map(Number)
  for (let i = 0; i < theirs.length; i++) {
    const difference = (ours[i] ?? 0) - theirs[i]!
    if (difference !== 0) return difference > 0
  }
  return true
}
