// Shell text of every sort to bash and sh, typed at a terminal as well.
import type { LabShell } from '../../../src/lab/lab-shell.js'
import { quoteWords } from '../../../src/lab/quote-words.js'
import { LabError } from '../../../src/scenario/problem.js'
import type { Chance } from './chance.js'
import { corpus } from './corpus.js'
import { mutateText } from './mutate.js'
import type { Room, Site } from './room.js'
import { list } from './shell-text.js'
import { SmallLab } from './small-lab.js'
import { SmallRoom } from './small-room.js'

export const shell: Room = {
  name: 'shell',
  about: 'shell text by grammar and mutated to bash, sh and a terminal',
  batch: 250,
  open: (site) => ShellRoom.open(site),
}

const CANARY_EVERY = 25

class ShellRoom extends SmallRoom {
  static async open(site: Site): Promise<ShellRoom> {
    return new ShellRoom(site, await SmallLab.open(site.seed))
  }

  async run(chance: Chance): Promise<string[]> {
    const text = this.text(chance)
    const way = chance.below(10)
    this.site.note(text)
    const found =
      way < 2
        ? await this.typed(text)
        : this.small.faults(await this.small.run(way < 5 ? text : `${way < 7 ? 'sh' : 'bash'} -c ${quoteWords([text])}`))
    // What a case left in the background is not the next one's.
    await this.small.run('kill -9 $(jobs -p) 2> /dev/null; rm -f /tmp/big* /tmp/z*', 'a')
    if (this.isTurn(CANARY_EVERY)) found.push(...(await this.small.canary()))
    return found
  }

  private text(chance: Chance): string {
    const kind = chance.below(100)
    if (kind < 25) {
      const golden = corpus().all.filter((line) => !line.startsWith('ovs-'))
      return mutateText(chance, chance.pick(golden))
    }
    const text = list(chance)
    return chance.percent(20) ? mutateText(chance, text, 1) : text
  }

  /** Line by line at a prompt, as a person does. */
  private async typed(text: string): Promise<string[]> {
    const { lab } = this.small
    let terminal: LabShell
    try {
      terminal = lab.openShell('a')
    } catch (error) {
      // Whoever spoils /etc/passwd does not get in.
      if (error instanceof LabError) return lab.takeBugs()
      throw error
    }
    await lab.untilPrompt(terminal, 5)
    for (const line of text.split('\n').slice(0, 5)) {
      if (terminal.isClosed) break
      terminal.complete(line, line.length)
      terminal.submit(line)
      if (await lab.untilPrompt(terminal, 5)) continue
      terminal.interrupt()
      if (!(await lab.untilPrompt(terminal, 5))) terminal.eof()
      await lab.untilPrompt(terminal, 5)
    }
    if (!terminal.isClosed) terminal.close()
    await lab.advance(1)
    return [...lab.takeBugs(), ...this.small.imbalance()]
  }
}
