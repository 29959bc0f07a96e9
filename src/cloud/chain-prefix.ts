/** Kernel chain names end at 28 characters and the longest suffix is `-POSTROUTING`: 16 are left for the agent. */
const PREFIX_LENGTH = 16

/** What all chains of an OpenStack program begin with: neutron-openvswi. */
export function chainPrefix(program: string): string {
  return program.slice(0, PREFIX_LENGTH)
}
