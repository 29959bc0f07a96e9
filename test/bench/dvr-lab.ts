// The DVR lab that several benchmarks send through: places on the way of its floating IP, and one echo at a time without a program.
import type { Kernel } from '../../src/kernel/kernel.js'
import type { NetNamespace } from '../../src/kernel/netns.js'
import type { Lab } from '../../src/lab/lab.js'

export const FROM = { node: 'master-2', to: '100.121.0.75' }
export const HOST = 'compute03'
export const ROUTER = 'qrouter-b6a86b9f-6cf4-4ec3-a57a-00ce3e49142d'
export const FIP = 'fip-e7cb8424-51e4-429a-8020-76e651877db3'
/** Nodes that a ping crosses. */
export const ON_THE_WAY = ['master-2', 'compute03', 'l3-switch', 'sdata']

const DATA = new Uint8Array(56)
const SERVER = (100 << 24) | (121 << 16) | 75 | 0

/** One echo from the server's own namespace until its answer is there; the answer's TTL as received. */
export class Echo {
  private readonly socket
  private seq = 0

  constructor(private readonly lab: Lab) {
    this.socket = namespaceOf(lab, FROM.node).sockets.ping()
    this.socket.bind(0)
  }

  send(): void {
    const { sim } = this.lab
    this.socket.sendEcho(SERVER, ++this.seq & 0xffff, DATA)
    const { scheduler } = sim
    while (this.socket.received.length === 0) if (!scheduler.step()) throw new Error('an echo of the benchmark was lost')
    this.socket.received.length = 0
  }

  close(): void {
    this.socket.close()
  }
}

function namespaceOf(lab: Lab, node: string): NetNamespace {
  return kernelOf(lab, node).initNetns
}

export function kernelOf(lab: Lab, node: string): Kernel {
  return lab.node(node)!.machine.kernel
}

/** A line on the compute host that must say nothing. */
export async function done(lab: Lab, line: string, node = HOST): Promise<void> {
  const { stdout } = await lab.run(node, `{ ${line}; } 2>&1 || echo failed`)
  if (stdout !== '') throw new Error(`the benchmark could not be set up: ${stdout.slice(0, 200)}`)
}

export function putText(lab: Lab, path: string, text: string): void {
  lab.putFile(HOST, path, Buffer.from(text).toString('base64'))
}
