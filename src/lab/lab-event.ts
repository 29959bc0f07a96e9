// What a lab tells its listeners (screen, lesson engine): references to live objects, no text made for show.
import type { Packet } from '../kernel/packet.js'
import type { NetDevice } from '../kernel/netdev.js'
import type { NetNamespace } from '../kernel/netns.js'

export type LabEvent =
  | CommandStarted
  | CommandFinished
  | CaptureFrame
  | { readonly type: 'node-added' | 'node-removed'; readonly atUs: number; readonly node: string }
  | { readonly type: 'shell-opened' | 'shell-closed'; readonly atUs: number; readonly node: string; readonly shell: number }
  | { readonly type: 'speed'; readonly atUs: number; readonly speed: number }
  | { readonly type: 'reset' | 'replayed'; readonly atUs: number }

export interface CommandStarted {
  readonly type: 'command-started'
  readonly atUs: number
  readonly node: string
  /** The namespace that the command runs in; `netnsName` is its name under /var/run/netns, null for the node's own. */
  readonly netns: NetNamespace
  readonly netnsName: string | null
  readonly pid: number
  readonly argv: readonly string[]
  /** Number of the learner's shell; null for daemons and agents. */
  readonly shell: number | null
}

export interface CommandFinished extends Omit<CommandStarted, 'type'> {
  readonly type: 'command-finished'
  readonly exitCode: number
  /** What it wrote to standard output, at most the first 64 KiB. */
  readonly stdout: string
}

/** A frame that a capture of a learner (tcpdump) has seen. */
export interface CaptureFrame {
  readonly type: 'capture-frame'
  readonly atUs: number
  readonly node: string
  readonly pid: number
  readonly device: NetDevice
  readonly direction: 'in' | 'out'
  readonly packet: Packet
}

export type LabListener = (event: LabEvent) => void
