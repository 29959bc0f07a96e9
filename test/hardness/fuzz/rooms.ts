// The rooms by name, loaded when they are asked for.
import type { Room } from './room.js'

const ROOMS: Readonly<Record<string, () => Promise<Room>>> = {
  lines: async () => (await import('./lines.js')).lines,
  packets: async () => (await import('./packets.js')).packets,
  openflow: async () => (await import('./openflow.js')).openflow,
  shell: async () => (await import('./shell.js')).shell,
  hungry: async () => (await import('./hungry.js')).hungry,
  firewall: async () => (await import('./firewall.js')).firewall,
  captures: async () => (await import('./captures.js')).captures,
  files: async () => (await import('./files.js')).files,
  cloud: async () => (await import('./cloud.js')).cloud,
}

export const ROOM_NAMES = Object.keys(ROOMS)

export function findRoom(name: string): Promise<Room> {
  return ROOMS[name]!()
}
