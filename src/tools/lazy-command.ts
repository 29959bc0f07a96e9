// Commands whose code is loaded when they first run: what the shell must know before stands on a card made by generate.mjs.
import type { Command } from '../node/command.js'
import { loading } from '../node/loading.js'

export interface CommandCard {
  readonly name: string
  readonly path: string
  readonly usage?: string
  readonly changes?: boolean
  readonly completes?: boolean
}

/** Commands that are loaded together. */
export class Family {
  private members: ReadonlyMap<string, Command> | null = null
  private loading: Promise<void> | null = null

  constructor(private readonly read: () => Promise<{ readonly commands: readonly Command[] }>) {}

  load(): Promise<void> {
    this.loading ??= loading.hold(this.readMembers())
    return this.loading
  }

  private async readMembers(): Promise<void> {
    try {
      const { commands } = await this.read()
      this.members = new Map(commands.map((command) => [command.name, command]))
    } catch (error) {
      // The next run tries again.
      this.loading = null
      throw error
    }
  }

  command(card: CommandCard): Command {
    const { name, path, usage, changes } = card
    return {
      name,
      path,
      run: (proc) => this.member(name)?.run(proc) ?? this.load().then(() => this.member(name)!.run(proc)),
      ...(usage === undefined ? {} : { usage }),
      ...(changes === undefined ? {} : { changes }),
      ...(card.completes === true ? { complete: (context) => this.member(name)?.complete?.(context) ?? this.loadForLater() } : {}),
    }
  }

  private member(name: string): Command | undefined {
    return this.members?.get(name)
  }

  private loadForLater(): string[] {
    this.load().catch(() => {})
    return []
  }
}
