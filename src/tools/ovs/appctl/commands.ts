// All commands of ovs-vswitchd, as `list-commands` of its version shows them.
import { atLeast } from '../../../ovs/version.js'
import { bondCommands, olderBondCommands } from './bonds.js'
import { type Appctl, type AppctlCommand, command, NotBuilt } from './context.js'
import { daemonCommands } from './daemon.js'
import { dpctlCommands } from './dpctl.js'
import { dpifCommands } from './dpif.js'
import { fdbCommands } from './fdb.js'
import { ofprotoCommands } from './ofproto.js'
import { tunnelCommands } from './tunnels.js'
import { UNBUILT } from './unbuilt.js'

function list(ctl: Appctl): string {
  let out = 'The available commands are:\n'
  const shown = commandsOf(ctl.vswitch.version)
  for (const { name, usage } of shown) out += `  ${name.padEnd(23)} ${usage}\n`
  return out
}

/** The daemon ends after it has answered; the caller sees to that. */
const exit = (): string => ''

function settle(ctl: Appctl): string {
  ctl.vswitch.settle()
  return ''
}

function purge(ctl: Appctl): string {
  for (const datapath of ctl.vswitch.datapaths.values()) datapath.flush()
  return ''
}

function counters(): string {
  throw new NotBuilt('coverage/show')
}

function memory(): string {
  throw new NotBuilt('memory/show')
}

const ALL: readonly AppctlCommand[] = [
  ...bondCommands,
  ...daemonCommands,
  ...dpctlCommands,
  ...dpifCommands,
  ...fdbCommands,
  ...ofprotoCommands,
  ...tunnelCommands,
  command('coverage/show', '', [0, 0], counters),
  command('exit', '[--cleanup]', [0, 1], exit),
  command('list-commands', '', [0, 0], list),
  command('memory/show', '', [0, 0], memory),
  command('revalidator/purge', '', [0, 0], purge, '2.6'),
  command('revalidator/wait', '', [0, 0], settle, '2.1'),
  ...UNBUILT.map(([name, usage, since]) => command(name, usage, [0, Number.POSITIVE_INFINITY], null, since)),
].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))

export function commandsOf(version: string): AppctlCommand[] {
  const older = atLeast(version, '2.15') ? [] : olderBondCommands
  const known = ALL.filter(({ since }) => since === undefined || atLeast(version, since))
  return older.length === 0 ? known : [...known, ...older].sort((a, b) => (a.name < b.name ? -1 : 1))
}

export function commandNamed(name: string, version: string): AppctlCommand | undefined {
  return commandsOf(version).find((each) => each.name === name) ?? olderBondCommands.find((each) => each.name === name)
}
