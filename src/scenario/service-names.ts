// The names that may stand under a node's `services`.

export const SERVICES = ['http', 'openvswitch', 'ssh'] as const

export type ServiceName = (typeof SERVICES)[number]
