// A lab without a network, for tests of the screen: its shells echo words, run a fake tcpdump until Ctrl-C, and tell what was typed.
import type { Lab } from '../../src/lab/lab.js'
import type { LabEvent } from '../../src/lab/lab-event.js'
import type { LabShell } from '../../src/lab/lab-shell.js'
import type { Services } from '../../src/tui/services.js'

export class FakeShell {
  prompt = ''
  isBusy = false
  isClosed = false
  isCooked = true
  hasEcho = true
  typeAhead = ''
  remembered = ''
  columns = 80
  rows = 24
  user = null
  history: string[] = ['ip route', 'brctl show']
  readonly lines: string[] = []
  readonly keys: string[] = []
  readonly #outputs = new Set<(text: string) => void>()
  readonly #prompts = new Set<() => void>()
  readonly #closes = new Set<(code: number) => void>()

  constructor(
    readonly id: number,
    readonly node: string,
    private readonly hear: (event: Partial<LabEvent> & { type: string }) => void,
  ) {
    this.prompt = `root@${node}:~# `
  }
  submit(line: string): void {
    this.lines.push(line)
    this.history.push(line)
    const [name = '', ...words] = line.split(' ')
    const event = { node: this.node, pid: this.lines.length, argv: [name, ...words], origin: 'learner', netnsName: null, shell: this.id }
    this.hear({ type: 'command-started', ...event } as never)
    if (name === 'tcpdump' || name === 'cat') {
      this.isBusy = true
      if (name === 'tcpdump') this.emit('listening on eth0\n')
      return
    }
    if (name === 'exit') {
      this.isClosed = true
      for (const listener of this.#closes) listener(0)
      return
    }
    this.emit(`${words.join(' ')}\n`)
    this.hear({ type: 'command-finished', exitCode: 0, stdout: '', ...event } as never)
    for (const listener of this.#prompts) listener()
  }
  write(text: string): void {
    this.keys.push(text)
    this.emit(text.replaceAll('\r', '\n'))
  }
  interrupt(): void {
    this.emit('^C\n')
    if (this.isBusy) this.emit('0 packets captured\n')
    this.isBusy = false
    for (const listener of this.#prompts) listener()
  }
  eof(): void {
    this.submit('exit')
  }
  suspend(): void {}
  resize(columns: number, rows: number): void {
    this.columns = columns
    this.rows = rows
  }
  close(): void {
    this.isClosed = true
  }
  complete(text: string, cursor: number) {
    const word = text.slice(0, cursor).split(' ').at(-1) ?? ''
    return { from: cursor - word.length, candidates: ['address', 'addrlabel', 'route'].filter((each) => each.startsWith(word)) }
  }
  needsMore(text: string): boolean {
    return (text.match(/'/g)?.length ?? 0) % 2 === 1 || /^for .*(?<!done)$/s.test(text)
  }
  emit(text: string): void {
    for (const listener of this.#outputs) listener(text)
  }
  onOutput = (listener: (text: string) => void) => add(this.#outputs, listener)
  onPrompt = (listener: () => void) => add(this.#prompts, listener)
  onClose = (listener: (code: number) => void) => add(this.#closes, listener)
}

function add<T>(set: Set<T>, value: T): () => void {
  set.add(value)
  return () => set.delete(value)
}

export class FakeLab {
  readonly nodes = ['controller-1', 'compute-1', 'compute-2'].map((name) => ({ name }))
  readonly shells: FakeShell[] = []
  readonly pace = {
    speed: 0,
    start: (speed = 1) => {
      this.pace.speed = speed
    },
    stop: () => {
      this.pace.speed = 0
    },
  }
  nowUs = 102_000_000
  readonly inputs = 0
  readonly packets = { start: () => undefined, stop: () => undefined, traces: [] }
  readonly words = new Map()
  readonly scenario = { name: 'sandbox' }
  readonly openShells: LabShell[] = []
  readonly listeners = new Set<(event: LabEvent) => void>()
  subscribe = (listener: (event: LabEvent) => void) => add(this.listeners, listener)
  openShell(node: string): LabShell {
    const shell = new FakeShell(this.shells.length, node, (event) => {
      for (const listener of this.listeners) listener(event as unknown as LabEvent)
    })
    this.shells.push(shell)
    return shell as unknown as LabShell
  }
  close(): void {}
}

export function fakeServices(lab: FakeLab, more: Partial<Services> = {}): Services {
  return {
    progress: async () =>
      ({
        memoryOnly: null,
        notices: [],
        lesson: (id: string) => ({ lesson: id, status: 'new', step: null, goals: [], assisted: [], hints: 0, lastMs: 0 }),
        all: () => [],
        latest: null,
        record: async () => undefined,
      }) as never,
    lessons: async () => [],
    scenarios: async () => [{ name: 'sandbox', title: 'one plain node' }],
    openLesson: async () => {
      throw new Error('no lesson here')
    },
    openLab: async () => ({ lab: lab as unknown as Lab, notice: null }),
    keep: async () => null,
    save: async (name) => `/somewhere/${name}`,
    ...more,
  }
}
