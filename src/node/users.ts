// Users and groups of a machine: read from its own /etc/passwd and /etc/group, so that an edit there counts.

import type { FileTree } from './files.js'

export interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly comment: string
  readonly home: string
  readonly shell: string
}

export interface Group {
  readonly name: string
  readonly gid: number
  readonly members: readonly string[]
}

export class Users {
  private passwdText = ''
  private users: User[] = []
  private groupText = ''
  private groups: Group[] = []

  constructor(private readonly files: () => FileTree) {}

  byUid(uid: number): User | null {
    return this.all().find((user) => user.uid === uid) ?? null
  }

  byName(name: string): User | null {
    return this.all().find((user) => user.name === name) ?? null
  }

  groupById(gid: number): Group | null {
    return this.allGroups().find((group) => group.gid === gid) ?? null
  }

  groupByName(name: string): Group | null {
    return this.allGroups().find((group) => group.name === name) ?? null
  }

  /** The primary group first, then those that list the user. */
  groupsOf(user: User): Group[] {
    const primary = this.groupById(user.gid)
    const others = this.allGroups().filter((group) => group.members.includes(user.name) && group.gid !== user.gid)
    return primary === null ? others : [primary, ...others]
  }

  all(): readonly User[] {
    const text = this.text('/etc/passwd')
    if (text !== this.passwdText) {
      this.passwdText = text
      this.users = text
        .split('\n')
        .map(parseUser)
        .filter((user) => user !== null)
    }
    return this.users
  }

  private allGroups(): readonly Group[] {
    const text = this.text('/etc/group')
    if (text !== this.groupText) {
      this.groupText = text
      this.groups = text
        .split('\n')
        .map(parseGroup)
        .filter((group) => group !== null)
    }
    return this.groups
  }

  private text(path: string): string {
    const files = this.files()
    return files.exists(path) ? files.read(path) : ''
  }
}

function parseUser(line: string): User | null {
  const [name, , uid, gid, comment, home, shell] = line.split(':')
  if (name === undefined || name === '' || shell === undefined) return null
  return { name, uid: Number(uid), gid: Number(gid), comment: comment ?? '', home: home ?? '/', shell }
}

function parseGroup(line: string): Group | null {
  const [name, , gid, members] = line.split(':')
  if (name === undefined || name === '' || gid === undefined) return null
  return { name, gid: Number(gid), members: (members ?? '').split(',').filter((member) => member !== '') }
}
