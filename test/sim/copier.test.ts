import { describe, expect, test } from 'vitest'
import { Copier, CopyRules, cut, emptied, withoutFunctions } from '../../src/sim/copier.js'
import { Scheduler, schedulerRules, type Task } from '../../src/sim/scheduler.js'

class Fixed {
  constructor(readonly text: string) {}
}

class Node {
  next: Node | null = null
  readonly names = new Map<Node, string>()
  readonly members = new Set<Node>()
  readonly numbers = [1, 2, 3]
  readonly bytes = Uint16Array.of(1, 2)
  plain: { of: Node; list: Node[] } | null = null
  outside: unknown = null
  constructor(
    public value: number,
    readonly fixed: Fixed,
  ) {}
  get double(): number {
    return 2 * this.value
  }
}

function copyOf<T extends object>(original: T, rules: CopyRules): T {
  const copier = new Copier(rules, 0)
  const twin = copier.copy(original)
  copier.finish()
  return twin
}

describe('a copier', () => {
  const rules = new CopyRules().share(Fixed)

  test('copies circles, maps, sets, arrays, and shares what never changes', () => {
    const a = new Node(1, new Fixed('x'))
    const b = new Node(2, a.fixed)
    a.next = b
    b.next = a
    a.names.set(b, 'b')
    a.members.add(a)
    a.plain = { of: b, list: [a, b] }
    const twin = copyOf(a, rules)
    expect(twin).toStrictEqual(a)
    expect(twin).toBeInstanceOf(Node)
    expect(twin.next).not.toBe(b)
    expect(twin.next!.next).toBe(twin)
    expect([...twin.names.keys()]).toEqual([twin.next])
    expect([...twin.members][0]).toBe(twin)
    expect(twin.plain!.list).toEqual([twin, twin.next])
    expect(twin.fixed).toBe(a.fixed)
    twin.value = 9
    twin.bytes[0] = 9
    twin.numbers.push(4)
    expect([a.double, a.bytes[0], a.numbers.length]).toEqual([2, 1, 3])
  })

  test('is no deeper in calls for a longer chain', () => {
    const first = new Node(0, new Fixed('x'))
    let last = first
    for (let i = 1; i < 50_000; i++) {
      last.next = new Node(i, first.fixed)
      last = last.next
    }
    let count = 0
    for (let at: Node | null = copyOf(first, rules); at !== null; at = at.next) expect(at.value).toBe(count++)
    expect(count).toBe(50_000)
  })

  test('refuses a function and says what to do', () => {
    const node = new Node(1, new Fixed('x'))
    node.outside = () => node.value
    expect(() => copyOf(node, rules)).toThrow(
      /field outside of Node holds a function \(\(\) => node\.value\).*make it an object with a method, or say in the copy rules/,
    )
  })

  test('follows the rules of fields', () => {
    const node = new Node(1, new Fixed('x'))
    node.outside = () => 0
    node.members.add(node)
    expect(copyOf(node, new CopyRules().share(Fixed).fields(Node, { outside: cut, members: emptied }))).toMatchObject({
      outside: null,
      members: new Set(),
    })
    node.outside = new Set([() => 0, node])
    const twin = copyOf(node, new CopyRules().share(Fixed).fields(Node, { outside: withoutFunctions }))
    expect([...(twin.outside as Set<unknown>)]).toEqual([twin])
  })
})

test('timers go on in the copy of a scheduler when they are objects; functions belong to the outside', () => {
  const told: string[] = []
  class Bell implements Task {
    constructor(
      readonly scheduler: Scheduler,
      readonly name: string,
    ) {}
    fire(): void {
      told.push(`${this.name} ${this.scheduler.nowUs}`)
    }
  }
  const scheduler = new Scheduler()
  for (const [at, name] of [
    [30, 'c'],
    [10, 'a'],
    [20, 'b'],
    [20, 'b2'],
  ] as const)
    scheduler.at(at, new Bell(scheduler, name))
  scheduler.at(15, () => told.push('function'))
  scheduler.at(5, new Bell(scheduler, 'cancelled')).cancel()
  const twin = copyOf(scheduler, schedulerRules(new CopyRules()))
  twin.runUntil(100)
  expect(told).toEqual(['a 10', 'b 20', 'b2 20', 'c 30'])
  expect([scheduler.nowUs, twin.nowUs]).toEqual([0, 100])
  scheduler.runUntil(100)
  expect(told.slice(4)).toEqual(['a 10', 'function', 'b 20', 'b2 20', 'c 30'])
})
