// One machine with every command, and what a line of bash printed on it.
import { Kernel } from '../../../src/kernel/kernel.js'
import { Simulation } from '../../../src/kernel/simulation.js'
import { imageByName } from '../../../src/node/images.js'
import { type ExecResult, Machine } from '../../../src/node/machine.js'
import type { SpawnOptions } from '../../../src/node/process.js'
import { commands, loadAllCommands } from '../../../src/tools/lazy.js'

await loadAllCommands()

export interface Recorded {
  readonly line: string
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

const BY_NAME = new Map(commands.map((command) => [command.name, command]))

export class OneMachine {
  readonly sim = new Simulation('tools')
  readonly machine: Machine
  readonly shell: string

  constructor(image = 'debian-12') {
    this.machine = new Machine({
      name: 'node-1',
      image: imageByName(image)!,
      kernel: new Kernel(this.sim, 'node-1'),
      commands: BY_NAME,
      clockStartUs: Date.UTC(2012, 6, 31, 1, 0, 45) * 1000,
      upBeforeUs: 3_725_000_000,
      users: [{ name: 'ubuntu' }],
    })
    this.shell = this.machine.image.family === 'cirros' ? '/bin/sh' : '/bin/bash'
    const { files } = this.machine
    files.mkdir('/w')
    files.write('/w/t.bin', Uint8Array.from([...'hello world\n\0\x01\xff netlab'].map((c) => c.charCodeAt(0))))
    files.write('/w/zero', new Uint8Array(64))
    files.write('/w/text', 'one\ntwo\n')
  }

  /** Runs the line in the image's shell from /w while virtual time passes as fast as it can. */
  async run(line: string, options: SpawnOptions = {}): Promise<ExecResult> {
    let result: ExecResult | null = null
    const env = new Map([
      ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      ['HOME', '/root'],
      ['TERM', 'xterm'],
    ])
    void this.machine.exec([this.shell, '-c', line], { cwd: '/w', env, ...options }).then((done) => {
      result = done
    })
    for (let steps = 0; result === null; steps++) {
      await new Promise((resolve) => setImmediate(resolve))
      if (result !== null) break
      if (steps > 100_000 || !this.sim.scheduler.step()) throw new Error(`${line}: does not end`)
    }
    return result
  }
}
