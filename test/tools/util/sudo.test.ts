// Whole outputs, as sudo 1.9.13p3 (Debian 12) gave them to a member of the group sudo with NOPASSWD; the older forms are from its sources.
import { describe, expect, test } from 'vitest'
import { OneMachine } from './one-machine.js'

const UBUNTU = 1000
const USAGE = `usage: sudo -h | -K | -k | -V
usage: sudo -v [-ABkNnS] [-g group] [-h host] [-p prompt] [-u user]
usage: sudo -l [-ABkNnS] [-g group] [-h host] [-p prompt] [-U user] [-u user]
            [command [arg ...]]
usage: sudo [-ABbEHkNnPS] [-r role] [-t type] [-C num] [-D directory] [-g
            group] [-h host] [-p prompt] [-R directory] [-T timeout] [-u user]
            [VAR=value] [-i | -s] [command [arg ...]]
usage: sudo -e [-ABkNnS] [-r role] [-t type] [-C num] [-D directory] [-g group]
            [-h host] [-p prompt] [-R directory] [-T timeout] [-u user] file ...
`
const ENV = new Map([
  ['TERM', 'xterm'],
  ['HOME', '/home/ubuntu'],
  ['PATH', '/usr/local/bin:/usr/bin:/bin'],
  ['FOO', 'bar'],
  ['LANG', 'C'],
])

const table: readonly (readonly [line: string, stdout: string, stderr: string, code: number])[] = [
  ['sudo', '', USAGE, 1],
  ['sudo nosuch', '', 'sudo: nosuch: command not found\n', 1],
  ['sudo -u nosuch id', '', 'sudo: unknown user nosuch\nsudo: error initializing audit plugin sudoers_audit\n', 1],
  ['sudo -g nosuch id', '', 'sudo: unknown group nosuch\nsudo: error initializing audit plugin sudoers_audit\n', 1],
  ['sudo -Q', '', `sudo: invalid option -- 'Q'\n${USAGE}`, 1],
  ['sudo --foo', '', `sudo: unrecognized option '--foo'\n${USAGE}`, 1],
  ['sudo -u', '', `sudo: option requires an argument -- 'u'\n${USAGE}`, 1],
  ['sudo /tmp', '', 'sudo: /tmp: command not found\n', 1],
  ['sudo /nosuch/x', '', 'sudo: /nosuch/x: command not found\n', 1],
  ['sudo /etc/passwd', '', 'sudo: /etc/passwd: command not found\n', 1],
  ['sudo FOO=x env | grep FOO', 'FOO=x\n', '', 0],
  ['sudo env | grep FOO', '', '', 1],
  ['sudo -E env | grep FOO', 'FOO=bar\n', '', 0],
  ['sudo --preserve-env=FOO env | grep FOO', 'FOO=bar\n', '', 0],
  ['sudo -l ls -l', '/usr/bin/ls -l\n', '', 0],
  ['sudo -l nosuch', '', 'sudo: nosuch: command not found\n', 1],
  ['sudo -v; sudo -k', '', '', 0],
  ['sudo -s echo a\\ b c', 'a b c\n', '', 0],
  ['sudo -u nobody id -un', 'nobody\n', '', 0],
  ["sudo -u '#1' id -un", 'daemon\n', '', 0],
  ["sudo sh -c 'exit 5'", '', '', 5],
  ['sudo -n -- id -u', '0\n', '', 0],
  ['sudo -i pwd', '/root\n', '', 0],
  ['sudo id -un; id -un', 'root\nubuntu\n', '', 0],
]

describe('sudo of a user that may', () => {
  test.each(table)('%s', async (line, stdout, stderr, exitCode) => {
    expect(await new OneMachine().run(line, { uid: UBUNTU, env: new Map(ENV) })).toEqual({ stdout, stderr, exitCode })
  })

  test('a fresh environment', async () => {
    const { stdout } = await new OneMachine().run('sudo env', { uid: UBUNTU, env: new Map(ENV) })
    const expected = [
      'TERM=xterm',
      'LANG=C',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'MAIL=/var/mail/root',
      'LOGNAME=root',
      'USER=root',
      'HOME=/root',
      'SHELL=/bin/bash',
    ]
    expect(stdout.split('\n').filter((word) => !word.startsWith('_='))).toEqual([
      ...expected,
      'SUDO_COMMAND=/usr/bin/env',
      'SUDO_USER=ubuntu',
      'SUDO_UID=1000',
      'SUDO_GID=1000',
      '',
    ])
  })

  test('rights', async () => {
    const { stdout } = await new OneMachine().run('sudo -l', { uid: UBUNTU })
    expect(stdout).toBe(`Matching Defaults entries for ubuntu on node-1:
    env_reset, mail_badpass, secure_path=/usr/local/sbin\\:/usr/local/bin\\:/usr/sbin\\:/usr/bin\\:/sbin\\:/bin, use_pty

User ubuntu may run the following commands on node-1:
    (ALL : ALL) NOPASSWD: ALL
`)
  })

  test('what is written to the log', async () => {
    const node = new OneMachine()
    await node.run('sudo ip link show lo', { uid: UBUNTU })
    expect(node.machine.files.read('/var/log/auth.log')).toBe(
      'Jul 31 01:00:45 node-1 sudo:   ubuntu : TTY=unknown ; PWD=/w ; USER=root ; COMMAND=/usr/sbin/ip link show lo\n',
    )
  })
})

describe('sudo of others', () => {
  test('nobody may not', async () => {
    expect(await new OneMachine().run('sudo id', { uid: 65534 })).toEqual({
      stdout: '',
      stderr: 'nobody is not in the sudoers file.\n',
      exitCode: 1,
    })
    expect(await new OneMachine('ubuntu-12.04').run('sudo id', { uid: 65534 })).toEqual({
      stdout: '',
      stderr: 'nobody is not in the sudoers file.  This incident will be reported.\n',
      exitCode: 1,
    })
    expect(await new OneMachine().run('sudo -n id', { uid: 65534 })).toEqual({
      stdout: '',
      stderr: 'sudo: a password is required\n',
      exitCode: 1,
    })
  })

  test('an old sudo kept the home of the caller', async () => {
    const home = async (image: string): Promise<string> =>
      (await new OneMachine(image).run('sudo env | grep ^HOME; sudo -H env | grep ^HOME', { uid: UBUNTU, env: new Map(ENV) })).stdout
    expect(await home('ubuntu-12.04')).toBe('HOME=/home/ubuntu\nHOME=/root\n')
    expect(await home('debian-12')).toBe('HOME=/root\nHOME=/root\n')
  })
})

describe('signals', () => {
  test('go to the command and come back as the end of sudo', async () => {
    const { stdout } = await new OneMachine().run("sudo sleep 100 & sleep 1; kill $!; wait $!; echo $?; sudo sh -c 'kill -9 $$'; echo $?", {
      uid: 0,
    })
    expect(stdout).toBe('143\n137\n')
  })
})
