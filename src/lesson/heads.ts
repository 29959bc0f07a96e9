// What lists show of each lesson, read without YAML, schema or Markdown: the home screen must stand at once.
// lesson.yaml's top-level keys stand at the beginning of a line; a lesson that is wrong inside is listed, and tells why when it is opened.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { packageFolder } from '../scenario/library.js'
import type { LessonEntry } from './lesson.js'

export const LESSON_FILE = 'lesson.yaml'

/** Folders of lessons under `root`, in reading order: `0-linux-primitives/01-...` before `1-flat-dhcp/01-...`. */
export function lessonFolders(root = join(packageFolder(), 'lessons')): string[] {
  if (!existsSync(root)) return []
  if (existsSync(join(root, LESSON_FILE))) return [root]
  const inner = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return inner
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => lessonFolders(join(root, name)))
}

export async function listLessons(root?: string): Promise<LessonEntry[]> {
  return lessonFolders(root).map(headOf)
}

export function headOf(folder: string): LessonEntry {
  const text = readFileSync(join(folder, LESSON_FILE), 'utf8')
  const value = (key: string) => new RegExp(`^${key}:[ \\t]*(\\S.*?)[ \\t]*$`, 'm').exec(text)?.[1] ?? ''
  const id = value('id') || basename(folder)
  const stepIds = itemsOf(text, 'steps').map((item) => /^id:\s*(\S+)/.exec(item)?.[1] ?? '')
  return {
    id,
    folder,
    track: basename(dirname(folder)),
    title: titleIn(folder) ?? id,
    minutes: Number.parseInt(value('minutes'), 10) || 0,
    scenario: value('scenario'),
    steps: stepIds.length,
    stepIds,
    prerequisites: prerequisitesIn(text, value('prerequisites')),
  }
}

function titleIn(folder: string): string | null {
  const prose = readdirSync(folder).filter((name) => /^[a-z]{2}\.md$/.test(name))
  const name = prose.includes('en.md') ? 'en.md' : prose.sort()[0]
  return name === undefined ? null : (/^# (.+)$/m.exec(readFileSync(join(folder, name), 'utf8'))?.[1] ?? null)
}

function prerequisitesIn(text: string, inline: string): string[] {
  const words = inline.startsWith('[') ? inline.slice(1, -1).split(',') : itemsOf(text, 'prerequisites')
  return words.map((word) => word.trim().replace(/^["']|["']$/g, '')).filter((word) => word !== '')
}

/** The items of a block list under a top-level key, each by its first line. */
function itemsOf(text: string, key: string): string[] {
  const block = new RegExp(`^${key}:[ \\t]*\\n((?:[ -].*\\n?|\\n)*)`, 'm').exec(text)?.[1] ?? ''
  const indent = /^( *)- /m.exec(block)?.[1]
  if (indent === undefined) return []
  return [...block.matchAll(new RegExp(`^${indent}- (.*)$`, 'gm'))].map((match) => match[1] ?? '')
}
