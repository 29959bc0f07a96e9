/** Names of nova's power states, by number. */
export const POWER_STATES: Readonly<Record<number, string>> = {
  0: 'NOSTATE',
  1: 'Running',
  2: '',
  3: 'Paused',
  4: 'Shutdown',
  5: '',
  6: 'Crashed',
  7: 'Suspended',
}
