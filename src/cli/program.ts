// netlab's own command line: subcommands and options. Each action loads only what it needs.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { suggest } from '../scenario/suggest.js'
import { EXIT } from './exit-code.js'
import { message, reportError } from './streams.js'
import { version } from './version.js'

export async function runProgram(args: readonly string[]): Promise<number> {
  let code: number = EXIT.done
  const program = buildProgram(async (action) => {
    code = await action()
  })
  try {
    await program.parseAsync(protectedWords(args), { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    return reportError(error, args.includes('--json'))
  }
}

/** `exec SCENARIO NODE WORDS...` without `--`: what follows the node is the command's, options included. */
function protectedWords(args: readonly string[]): string[] {
  if (args[0] !== 'exec' || args.includes('--')) return [...args]
  let positionals = 0
  for (let i = 1; i < args.length; i++) {
    const word = args[i]!
    if (word.startsWith('-')) {
      if (/^--(image|seed|step-limit)$/.test(word)) i++
      continue
    }
    positionals++
    if (positionals === 2) return [...args.slice(0, i + 1), '--', ...args.slice(i + 1)]
  }
  return [...args]
}

function seconds(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('expected a number of seconds above 0')
  return value
}

function within(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < low || value > high) throw new InvalidArgumentError(`expected a number from ${low} to ${high}`)
    return value
  }
}

function columns(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 40 || value > 1000) throw new InvalidArgumentError('expected a number of columns from 40 to 1000')
  return value
}

const imageOption = (): Option => new Option('--image <NAME>', 'tool versions of this image on every node, such as debian-12')
const seedOption = (): Option => new Option('--seed <SEED>', 'another seed than the scenario names')
const limitOption = (): Option =>
  new Option('--step-limit <SECONDS>', 'virtual seconds after which a step is interrupted').default(600).argParser(seconds)
const jsonOption = (what: string): Option => new Option('--json', what)

type Runner = (action: () => Promise<number>) => Promise<void>

function buildProgram(run: Runner): Command {
  const program = new Command('netlab')
    .description('Learn how an OpenStack cloud moves packets: type the real commands on an emulated network.')
    .usage('[COMMAND]')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [COMMAND]', 'print help for a command')
    .exitOverride()
    .configureOutput({ writeErr: (text) => message(text.replace(/\n$/, '')) })
    // `learn --theme light`: the option is the subcommand's, though `netlab` alone has one of that name too.
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .allowExcessArguments()
    .action(async (options) => {
      if (program.args.length > 0) program.error(unknownCommand(program))
      return run(async () => (await import('./commands/screen.js')).home(options))
    })
  screenOptions(program)
  addScreen(program, run)
  addScripts(program, run)
  addListings(program, run)
  addRecords(program, run)
  for (const command of program.commands) strict(command)
  return program
}

/** What `netlab` alone takes for an unknown command is one word too many here. */
function strict(command: Command): void {
  command.exitOverride().allowExcessArguments(false)
}

function unknownCommand(program: Command): string {
  const word = program.args[0]!
  const near = suggest(
    word,
    program.commands.map((command) => command.name()),
  )
  return `error: unknown command '${word}'${near === null ? '' : `\n(Did you mean ${near}?)`}`
}

function screenOptions(command: Command): Command {
  return command
    .option('--ascii', 'draw with plain ASCII characters')
    .addOption(new Option('--theme <THEME>', 'colours for a dark or a light background').choices(['dark', 'light']))
    .option('--language <LANGUAGE>', 'language of the prose: en, zh')
    .option('--mouse', 'scroll with the wheel')
}

function addScreen(program: Command, run: Runner): void {
  screenOptions(program.command('learn'))
    .argument('[LESSON]', 'id of a lesson, as `netlab lessons` lists it')
    .description('open a lesson')
    .action((lesson: string | undefined, _options, command: Command) =>
      run(async () => (await import('./commands/screen.js')).learn(lesson, command.optsWithGlobals())),
    )
  screenOptions(program.command('lab'))
    .argument('<SCENARIO>', 'name or file')
    .argument('[NODE]')
    .addOption(imageOption())
    .addOption(seedOption())
    .description('open a scenario without a lesson')
    .action((scenario: string, node: string | undefined, _options, command: Command) =>
      run(async () => (await import('./commands/screen.js')).lab(scenario, node, command.optsWithGlobals())),
    )
}

function addScripts(program: Command, run: Runner): void {
  program
    .command('shell')
    .argument('<SCENARIO>', 'name or file')
    .argument('[NODE]', "the scenario's first node when absent")
    .option('--lesson <LESSON>', 'with the steps of a lesson as text')
    .option('--language <LANGUAGE>', "language of the lesson's prose: en, zh")
    .option('--resume <SESSION>', 'go on where `lab save` was typed: its name, or a file')
    .addOption(jsonOption('one JSON object a line: {"cmd"} -> {"stdout","stderr","exitCode"}; {"file","base64"} -> {}'))
    .addOption(imageOption())
    .addOption(seedOption())
    .addOption(limitOption())
    .description('a plain shell, line by line')
    .action((scenario: string, node: string | undefined, options) =>
      run(async () => (await import('./commands/shell.js')).shell(scenario, node, options)),
    )
  program
    .command('exec')
    .argument('<SCENARIO>', 'name or file')
    .argument('<NODE>')
    .argument('<WORDS...>', 'the command, after --; joined with blanks and read by the shell there, as ssh does')
    .usage('SCENARIO NODE -- WORDS...')
    .addOption(imageOption())
    .addOption(seedOption())
    .addOption(limitOption())
    .description('one command on a freshly booted lab; its output and its exit code')
    .action((scenario: string, node: string, words: string[], options) =>
      run(async () => (await import('./commands/exec.js')).exec(scenario, { node, words }, options)),
    )
  program
    .command('run')
    .argument('<SCENARIO>', 'name or file')
    .argument('<FILE>', 'the script; - for standard input')
    .addOption(jsonOption('print an array of {"node","command","stdout","stderr","exitCode"}, one object a step'))
    .option('-e', 'stop at the first line that fails, with its code')
    .addOption(imageOption())
    .addOption(seedOption())
    .addOption(limitOption())
    .description('a script, one "@NODE COMMAND" a line, all in one lab')
    .addHelpText('after', '\n"@NODE" alone changes the node, "#" starts a comment.')
    .action((scenario: string, file: string, options) => run(async () => (await import('./commands/run.js')).run(scenario, file, options)))
  program
    .command('check')
    .argument('<LESSON>', 'id of a lesson')
    .argument('<FILE>', 'the script; - for standard input')
    .addOption(jsonOption('print the report as JSON'))
    .description('run a script against a lesson and report each goal')
    .action((lesson: string, file: string, options) => run(async () => (await import('./commands/check.js')).check(lesson, file, options)))
}

function addListings(program: Command, run: Runner): void {
  program
    .command('explain')
    .argument('<SCENARIO>', 'name or file')
    .option('--from <PLACE>', 'NODE, NODE:NETNS, an address, server=, fip=, port= or router= (the first node when absent)')
    .requiredOption('--to <PLACE>', 'as --from; of a place its first address is asked')
    .addOption(new Option('--proto <PROTOCOL>', 'what is sent (tcp when a port is given, else icmp)').choices(['icmp', 'tcp', 'udp']))
    .addOption(new Option('--dport <PORT>', 'destination port (80)').argParser(within(1, 65_535)))
    .addOption(new Option('--sport <PORT>', 'source port').argParser(within(1, 65_535)))
    .addOption(new Option('--size <BYTES>', 'payload').argParser(within(0, 65_507)))
    .addOption(new Option('--ttl <TTL>', 'time to live').argParser(within(1, 255)))
    .option('--source <ADDRESS>', 'source address (as the kernel chooses when absent)')
    .option('--df', 'do not fragment, not even at the sender')
    .addOption(new Option('--detail <DETAIL>', 'how much is told').choices(['minimal', 'summary', 'full']))
    .option('-q, --quiet', 'short for --detail minimal')
    .option('-v, --verbose', 'short for --detail full')
    .option('--pcap <FILE>', 'write the frames of its way, as captures at every place would have them (pcapng)')
    .addOption(jsonOption('print JSON'))
    .addOption(imageOption())
    .addOption(seedOption())
    .description('send a probe through the booted lab and tell its way, rule by rule')
    .action((scenario: string, options) => run(async () => (await import('./commands/explain.js')).explain(scenario, options)))
  program
    .command('scenarios')
    .addOption(jsonOption('print JSON'))
    .description('list the scenarios')
    .action((options) => run(async () => (await import('./commands/scenarios.js')).scenarios(options)))
  program
    .command('lessons')
    .addOption(jsonOption('print JSON'))
    .description('list the lessons')
    .action((options) => run(async () => (await import('./commands/lessons.js')).lessons(options)))
  program
    .command('graph')
    .argument('<SCENARIO>', 'name or file')
    .addOption(new Option('--format <FORMAT>', 'what to write').choices(['text', 'mermaid', 'dot', 'svg']).default('text'))
    .addOption(
      new Option('--level <LEVEL>', 'how fine; with --node devices, else namespaces, when absent').choices([
        'nodes',
        'namespaces',
        'devices',
      ]),
    )
    .option('--node <NODE>', 'only this node, the servers on it and what is plugged into it')
    .option('--out <FILE>', 'write there instead of to standard output')
    .addOption(new Option('--width <COLUMNS>', 'of text').default(80).argParser(columns))
    .option('--ascii', 'draw with plain ASCII characters')
    .addOption(imageOption())
    .addOption(seedOption())
    .description('the booted lab as a picture: text, or a file for Mermaid, Graphviz or a browser')
    .action((scenario: string, _options, command: Command) =>
      run(async () => (await import('./commands/graph.js')).graph(scenario, command.optsWithGlobals())),
    )
  program
    .command('export')
    .argument('<SCENARIO>', 'name or file')
    .option('--format <FORMAT>', 'sh: a bash script that builds the lab on a real Linux machine; pcap: a probe as captures see it', 'sh')
    .option('-o, --out <FILE>', 'write there instead of to standard output')
    .option('--run <FILE>', 'a script, as for `netlab run`, that is typed in the lab before it is written; - for standard input')
    .option('--from <PLACE>', 'of pcap: as for explain')
    .option('--to <PLACE>', 'of pcap: as for explain')
    .addOption(new Option('--proto <PROTOCOL>', 'of pcap: what is sent').choices(['icmp', 'tcp', 'udp']))
    .addOption(new Option('--dport <PORT>', 'of pcap: destination port').argParser(within(1, 65_535)))
    .option('--at <NODE:DEVICE...>', 'of pcap: only what is seen there')
    .addOption(imageOption())
    .addOption(seedOption())
    .description('the booted lab for other programs: a script for real Linux, a capture file')
    .action((scenario: string, options) => run(async () => (await import('./commands/export.js')).exportLab(scenario, options)))
  program
    .command('validate')
    .argument('<FILE...>', 'scenario files, lesson folders, or a folder of either')
    .addOption(jsonOption('print JSON'))
    .option('--no-probes', 'read the files only; do not boot the lab and run the probes under "expect"')
    .option('--answers', 'of lessons, print what the lab answered to each question')
    .description('check scenarios and lessons; every error with file, line and column')
    .action((files: string[], options) => run(async () => (await import('./commands/validate.js')).validate(files, options)))
}

function addRecords(program: Command, run: Runner): void {
  const progress = program.command('progress').description('what you have done so far').exitOverride()
  progress
    .command('show', { isDefault: true })
    .addOption(jsonOption('print JSON'))
    .description('list lessons and how far you are')
    .action((options) => run(async () => (await import('./commands/progress.js')).show(options)))
  progress
    .command('export')
    .argument('[FILE]', 'standard output when absent')
    .description('write the records out')
    .action((file: string | undefined) => run(async () => (await import('./commands/progress.js')).exportTo(file)))
  progress
    .command('import')
    .argument('<FILE>', 'what export wrote; - for standard input')
    .description('add records to yours')
    .action((file: string) => run(async () => (await import('./commands/progress.js')).importFrom(file)))
  progress
    .command('reset')
    .argument('[LESSON]', 'only this lesson')
    .option('--yes', 'do not ask')
    .description('forget; what was there is kept beside it')
    .action((lesson: string | undefined, options) => run(async () => (await import('./commands/progress.js')).reset(lesson, options)))
  for (const command of progress.commands) strict(command)
  program
    .command('doctor')
    .addOption(jsonOption('print JSON'))
    .description('Node version, terminal, colours, and where the files are')
    .action((options) => run(async () => (await import('./commands/doctor.js')).doctor(options)))
}
