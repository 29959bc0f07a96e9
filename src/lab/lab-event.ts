// What a lab tells its listeners (screen, lesson engine): references to live objects, no text made for show.
import type { NetDevice } from '../kernel/netdev.js'
import type { NetNamespace } from '../kernel/netns.js'
import type { EthernetFrame } from '../wire/ethernet.js'

export type LabEvent =
  | CommandStarted
  | CommandFinished
  | CaptureFrame
  | { readonly type: 'node-added' | 'node-removed'; readonly atUs: number; readonly node: string }
  | { readonly type: 'shell-opened' | 'shell-closed'; readonly atUs: number; readonly node: string; readonly shell: number }
  | { readonly type: 'speed'; readonly atUs: number; readonly speed: number }
  /** The lab was set back: to its beginning, or to before the line that `undone` names. */
  | { readonly type: 'reset'; readonly atUs: number }
  | { readonly type: 'undone'; readonly atUs: number; readonly node: string; readonly line: string }

/** learner: typed in a shell of the lab or over ssh from one. machine: agents, daemons, boot. */
export type CommandOrigin = 'learner' | 'machine'

export interface CommandStarted {
  readonly type: 'command-started'
  readonly atUs: number
  readonly node: string
  /** The namespace that the command runs in; `netnsName` is its name under /var/run/netns, null for the node's own. */
  readonly netns: NetNamespace
  readonly netnsName: string | null
  readonly pid: number
  readonly argv: readonly string[]
  readonly origin: CommandOrigin
  /** Number of the shell it was typed in; null for those of `run` and all that no shell of this lab started. */
  readonly shell: number | null
}

export interface CommandFinished extends Omit<CommandStarted, 'type'> {
  readonly type: 'command-finished'
  readonly exitCode: number
  /** What it wrote to standard output, at most the first 64 KiB. Empty for origin machine. */
  readonly stdout: string
}

/** A frame that a capture (a packet socket of a learner's command) has seen. */
export interface CaptureFrame {
  readonly type: 'capture-frame'
  readonly atUs: number
  readonly node: string
  readonly device: NetDevice
  readonly direction: 'in' | 'out'
  readonly frame: EthernetFrame
}

export type LabListener = (event: LabEvent) => void
