// A lab that is left to itself for hours of its own time, with everything in it that goes on: agents, leases, pings, flows, captures.
import { Lab } from '../../../src/lab/lab.js'
import type { LabShell } from '../../../src/lab/lab-shell.js'
import { loadScenario } from '../../../src/scenario/library.js'
import { type Sample, sampleOf } from './sample.js'

/** What is typed where; each in a shell of its own, for good. */
const WORK: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'flat-dhcp': [
    ['controller-1', 'sudo tcpdump -ni br100 -w /tmp/long.pcap'],
    ['controller-1', 'sudo tcpdump -ni br100'],
    ['compute-1', 'sudo tcpdump -eni any -vv'],
    ['VM', 'ping 10.0.0.1'],
    ['VM', 'while true; do wget -q -O /dev/null http://169.254.169.254/2009-04-04/meta-data/; sleep 5; done'],
    ['controller-1', 'while true; do ssh -o BatchMode=yes compute-1 true; sleep 20; ping -c1 -W1 10.0.0.77 > /dev/null; done'],
  ],
  'dvr-fip': [
    ['network01', 'sudo tcpdump -ni any -w /tmp/long.pcap'],
    ['compute03', 'sudo tcpdump -ni any'],
    ['VM', 'ping 8.8.8.8'],
    ['VM', 'while true; do wget -q -O /dev/null http://169.254.169.254/2009-04-04/meta-data/; sleep 5; done'],
    ['mgt01', 'while true; do nova list > /tmp/list; neutron agent-list >> /tmp/list; sleep 30; done'],
  ],
}

const SETUP: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'flat-dhcp': [['controller-1', 'nova boot --image cirros --flavor 1 cirros']],
}

export class LabRun {
  readonly samples: Sample[] = []
  /** Characters that came to screens. */
  printed = 0
  private lab!: Lab

  constructor(private readonly scenario: string) {}

  async run(minutes: number, every: number): Promise<void> {
    this.lab = await Lab.boot(await loadScenario(this.scenario))
    this.lab.packets.start()
    this.lab.subscribe(() => undefined)
    for (const [where, line] of SETUP[this.scenario] ?? []) await this.lab.run(where, line)
    await this.lab.advance(60)
    for (const [where, line] of WORK[this.scenario] ?? []) await this.start(where, line)
    for (let minute = 0; minute <= minutes; minute += every) {
      if (minute > 0) await this.lab.advance(every * 60)
      this.samples.push(sampleOf(this.scenario, minute))
    }
  }

  get openShells(): readonly LabShell[] {
    return this.lab.openShells
  }

  close(): void {
    this.lab.close()
  }

  get steps(): number {
    return this.lab.journal.end.step
  }

  private async start(where: string, line: string): Promise<void> {
    const guest = this.lab.nodes.find(({ machine }) => machine.image.family === 'cirros')
    const shell = this.lab.openShell(where === 'VM' ? (guest?.name ?? '') : where)
    shell.onOutput((text) => {
      this.printed += text.length
    })
    await this.lab.untilPrompt(shell)
    shell.submit(line)
  }
}
