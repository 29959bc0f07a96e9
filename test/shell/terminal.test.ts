// A person at a terminal: prompts, continuation, Ctrl-C, Ctrl-Z, Ctrl-D, completion, history.
import { expect, test } from 'vitest'
import type { Terminal } from '../../src/node/terminal.js'
import { startLogin } from '../../src/shell/bash.js'
import { makeMachine, settle } from '../node/support.js'

class Seat {
  readonly machine = makeMachine('ubuntu-12.04')
  readonly tty: Terminal
  private screen = ''
  constructor(user = 'root') {
    this.tty = this.machine.openTerminal((text) => {
      this.screen += text
    })
    this.tty.hasEditor = true
    startLogin(this.machine, this.tty, { user })
  }

  async pass(us: number): Promise<void> {
    const { scheduler } = this.machine.sim
    const end = scheduler.nowUs + us
    await settle()
    for (let next = scheduler.nextAtUs(); next !== null && next <= end; next = scheduler.nextAtUs()) {
      scheduler.step()
      await settle()
    }
    scheduler.advanceTo(end)
  }

  async type(line: string): Promise<string> {
    this.tty.submit(line)
    await this.pass(100_000)
    return this.take()
  }

  take(): string {
    const text = this.screen
    this.screen = ''
    return text
  }
}

async function seated(user?: string): Promise<Seat> {
  const seat = new Seat(user)
  await seat.pass(100_000)
  seat.take()
  return seat
}

test('the prompt names user, host and directory', async () => {
  const seat = await seated('openstack')
  expect(seat.tty.prompting?.prompt).toBe('openstack@node-1:~$ ')
  await seat.type('cd /etc')
  expect(seat.tty.prompting?.prompt).toBe('openstack@node-1:/etc$ ')
  const root = await seated()
  expect(root.tty.prompting?.prompt).toBe('root@node-1:~# ')
})

test('an unknown command, and a syntax error, in the words of a login shell', async () => {
  const seat = await seated()
  expect(await seat.type('nosuch')).toBe('-bash: nosuch: command not found\n')
  expect(await seat.type('echo )')).toBe("-bash: syntax error near unexpected token `)'\n")
})

test('a line that is not complete asks for more', async () => {
  const seat = await seated()
  await seat.type('for i in 1 2')
  expect(seat.tty.prompting?.prompt).toBe('> ')
  expect(await seat.type('do echo $i; done')).toBe('1\n2\n')
  expect(seat.tty.prompting?.needsMore('cat <<EOF')).toBe(true)
  expect(seat.tty.prompting?.needsMore('echo "a')).toBe(true)
  expect(seat.tty.prompting?.needsMore('echo a')).toBe(false)
})

test('Ctrl-C ends the foreground job and the rest of the line', async () => {
  const seat = await seated()
  await seat.type('sleep 100; echo never')
  expect(seat.tty.prompting).toBe(null)
  seat.tty.interrupt()
  await seat.pass(100_000)
  expect(seat.take()).toBe('^C\n')
  expect(await seat.type('echo $?')).toBe('130\n')
})

test('Ctrl-Z stops the job; bg and fg let it go on', async () => {
  const seat = await seated()
  await seat.type('sleep 10')
  seat.tty.input('\x1a')
  await seat.pass(100_000)
  expect(seat.take()).toBe('^Z\n[1]+  Stopped                 sleep 10\n')
  expect(await seat.type('bg')).toBe('[1]+ sleep 10 &\n')
  await seat.type('fg')
  await seat.pass(11_000_000)
  expect(seat.tty.prompting).not.toBe(null)
})

test('a background job says its number and, before a later prompt, its end', async () => {
  const seat = await seated()
  expect(await seat.type('sleep 1 &')).toMatch(/^\[1\] \d+\n$/)
  await seat.pass(2_000_000)
  expect(await seat.type('echo x')).toBe('x\n[1]+  Done                    sleep 1\n')
})

test('a job reads cooked lines and sees the end at Ctrl-D', async () => {
  const seat = await seated()
  await seat.type('cat')
  expect(await seat.type('hello')).toBe('hello\nhello\n')
  seat.tty.eof()
  await seat.pass(100_000)
  expect(seat.tty.prompting?.prompt).toBe('root@node-1:~# ')
})

test('top draws what fits, again after its time or at once, until q; the terminal is as before', async () => {
  const seat = await seated()
  seat.tty.resize(50, 9)
  const first = await seat.type('top')
  expect(
    first
      .replace('\x1b[H\x1b[2J', '')
      .split('\n')
      .map((line) => line.length),
  ).toEqual([50, 50, 50, 50, 50, 0, 50, 50, 0])
  seat.tty.input('x')
  await seat.pass(1_000_000)
  expect(seat.take()).toBe('')
  seat.tty.input(' ')
  await seat.pass(1_000)
  expect(seat.take()).toMatch(/^\x1b\[H\x1b\[2Jtop - /)
  await seat.pass(3_100_000)
  expect(seat.take()).toMatch(/^\x1b\[H\x1b\[2Jtop - /)
  seat.tty.input('q')
  await seat.pass(100_000)
  expect(seat.tty.prompting?.prompt).toBe('root@node-1:~# ')
  expect(await seat.type('stty | head -n 1; cat')).toContain('speed 38400 baud')
  expect([seat.tty.isCanonical, seat.tty.hasEcho]).toEqual([true, true])
})

test('less pages until q', async () => {
  const seat = await seated()
  expect(await seat.type('seq 100 | less')).toContain('\x1b[H\x1b[2J1\n2\n')
  seat.tty.input(' ')
  await seat.pass(1_000)
  expect(seat.take()).toContain('\x1b[H\x1b[2J24\n25\n')
  seat.tty.input('q')
  await seat.pass(1_000)
  expect(seat.take()).toBe('\x1b[?1049l')
  expect(seat.tty.hasEcho).toBe(true)
})

test('Ctrl-D while nothing reads is lost, as under bash: the next job reads on', async () => {
  const seat = await seated()
  await seat.type('sleep 1')
  seat.tty.eof()
  await seat.pass(2_000_000)
  await seat.type('cat')
  expect(seat.tty.prompting).toBe(null)
  expect(await seat.type('hello')).toBe('hello\nhello\n')
})

test('a prompt that was answered takes nothing more', async () => {
  const seat = await seated()
  seat.tty.interrupt()
  expect(seat.tty.prompting).toBe(null)
  await seat.pass(100_000)
  expect(seat.take()).toBe('^C\n')
  expect(seat.tty.prompting?.prompt).toBe('root@node-1:~# ')
})

test('completion: commands, files, variables, directories for cd', async () => {
  const seat = await seated()
  const complete = (line: string) => seat.tty.prompting!.complete(line, line.length)
  expect(complete('whoa')).toEqual({ from: 0, candidates: ['whoami'] })
  expect(complete('cat /etc/host')).toEqual({ from: 4, candidates: ['/etc/hostname', '/etc/hosts'] })
  expect(complete('echo $HOM')).toEqual({ from: 6, candidates: ['HOME'] })
  expect(complete('cd /et')).toEqual({ from: 3, candidates: ['/etc/'] })
  expect(complete('true | whoa')).toEqual({ from: 7, candidates: ['whoami'] })
})

test('history: listed, and called back with !', async () => {
  const seat = await seated()
  await seat.type('echo one')
  expect(await seat.type('!!')).toBe('echo one\none\n')
  expect(await seat.type('!ec')).toBe('echo one\none\n')
  expect(await seat.type('echo !$')).toBe('echo one\none\n')
  expect(await seat.type('!nosuch')).toBe('-bash: !nosuch: event not found\n')
  expect((await seat.type('history 2')).split('\n')[1]).toMatch(/^ +\d+ {2}history 2$/)
})

test('sudo -i is a shell in the shell, and exit comes back', async () => {
  const seat = await seated('openstack')
  await seat.type('sudo -i')
  expect(seat.tty.prompting?.prompt).toBe('root@node-1:~# ')
  await seat.type('exit')
  expect(seat.tty.prompting?.prompt).toBe('openstack@node-1:~$ ')
})

test('less takes single keys and gives the terminal back', async () => {
  const seat = await seated()
  const first = await seat.type('seq 100 | less')
  expect(first.startsWith('\x1b[?1049h\x1b[H\x1b[2J1\n2\n')).toBe(true)
  seat.tty.input(' ')
  await seat.pass(1000)
  expect(seat.take().split('\n').slice(0, 2)).toEqual(['\x1b[H\x1b[2J24', '25'])
  seat.tty.input('/77\r')
  await seat.pass(1000)
  expect(seat.take()).toContain('\x1b[7m77\x1b[27m\n78\n')
  seat.tty.input('q')
  await seat.pass(1000)
  expect(seat.take()).toBe('\x1b[?1049l')
  expect(seat.tty.isCanonical && seat.tty.hasEcho).toBe(true)
  expect(seat.tty.prompting?.prompt).toBe('root@node-1:~# ')
})

test('watch redraws until Ctrl-C', async () => {
  const seat = await seated()
  await seat.type('watch -n 1 date')
  await seat.pass(2_500_000)
  expect(seat.take().match(/\x1b\[H\x1b\[2J/g)?.length).toBe(2)
  seat.tty.interrupt()
  await seat.pass(100_000)
  seat.take()
  expect(await seat.type('echo back')).toBe('back\n')
})

test('a shell in a shell: exit comes back, its jobs are its own', async () => {
  const seat = await seated()
  await seat.type('bash')
  expect(await seat.type('echo $SHLVL; sleep 50 & jobs | wc -l')).toMatch(/^2\n\[1\] \d+\n1\n$/)
  seat.tty.eof()
  await seat.pass(100_000)
  expect(seat.take()).toBe('exit\n')
  expect(await seat.type('jobs; echo $SHLVL')).toBe('1\n')
})

test('a prompt that runs a command, and PROMPT_COMMAND before it; $? stays', async () => {
  const seat = await seated()
  await seat.type("PS1='[$(basename $PWD) $?]\\$ '; cd /etc; false")
  expect(seat.tty.prompting?.prompt).toBe('[etc 1]# ')
  expect(await seat.type("PROMPT_COMMAND='echo before'; false")).toContain('before\n')
  expect(await seat.type('echo $?')).toContain('1\nbefore\n')
  expect(seat.tty.prompting?.prompt).toBe('[etc 0]# ')
})
