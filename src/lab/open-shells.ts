// The shells that people have open: their numbers, and the seat behind each in the world that stands.
import type { Machine } from '../node/machine.js'
import type { Process } from '../node/process.js'
import type { Scenario } from '../scenario/scenario.js'
import type { JournalInput } from './journal.js'
import { LabShell, type ShellInput } from './lab-shell.js'
import { loginUser, seatAt } from './seat.js'

type Opening = JournalInput & { kind: 'open' }

interface ShellKeeper {
  /** Inputs come from a journal, not from a person. */
  isReplaying(): boolean
  enter(input: ShellInput): void
  closed(shell: LabShell): void
}

export class OpenShells {
  private readonly byId = new Map<number, LabShell>()

  constructor(
    private readonly scenario: Scenario,
    private readonly keeper: ShellKeeper,
  ) {}

  get all(): readonly LabShell[] {
    return [...this.byId.values()]
  }

  get nextId(): number {
    return Math.max(0, ...this.byId.keys()) + 1
  }

  get(id: number): LabShell | undefined {
    return this.byId.get(id)
  }

  /** Logs somebody in for the shell of this number, a new one or one that another world had. Returns the login's process. */
  sit(input: Opening, machine: Machine): Process {
    const user = input.user ?? loginUser(this.scenario, machine)
    const shell = this.byId.get(input.shell) ?? this.add(input)
    const seat = seatAt(machine, { user, columns: input.columns, rows: input.rows }, (text) => {
      if (this.keeper.isReplaying()) shell.remember(text)
      else shell.emit(text)
    })
    shell.sit(seat)
    return seat.process
  }

  private add(input: Opening): LabShell {
    const shell = new LabShell(input.shell, input.node, input.user, (entered) => this.keeper.enter(entered))
    this.byId.set(shell.id, shell)
    shell.onClose(() => {
      this.byId.delete(shell.id)
      this.keeper.closed(shell)
    })
    return shell
  }
}
