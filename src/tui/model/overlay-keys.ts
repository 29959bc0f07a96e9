// Keys while something stands in front of the panes.
import type { Key } from '../terminal/keys.js'
import type { App } from './app.js'
import type { Overlay } from './overlay.js'

/** False hands the key to the text field that Ink draws. */
export function pressOverlay(app: App, overlay: Overlay, key: Key): boolean {
  if (key.name === 'escape' || (key.ctrl && (key.name === 'c' || key.name === 'g')) || key.name === 'f10') {
    app.overlay = null
    app.changed()
    return true
  }
  switch (overlay.kind) {
    case 'help':
    case 'text':
      return pressText(app, overlay, key)
    case 'list':
      return pressList(app, overlay, key)
    case 'ask':
      return pressField(app, overlay, key)
  }
}

// ink-text-input has the field; Enter reaches it too, and it submits. It would type the letter of a control key.
function pressField(app: App, overlay: Extract<Overlay, { kind: 'ask' }>, key: Key): boolean {
  if (key.ctrl && (key.name === 'u' || key.name === 'w')) {
    overlay.text = key.name === 'u' ? '' : overlay.text.replace(/\S+\s*$/, '')
    app.changed()
    return true
  }
  return key.name === 'mouse' || key.ctrl || key.alt || /^f\d+$/.test(key.name)
}

function pressText(app: App, overlay: Extract<Overlay, { kind: 'help' | 'text' }>, key: Key): true {
  const by = { up: -1, down: 1, pageup: -10, pagedown: 10 }[key.name]
  if (overlay.kind === 'help' && by !== undefined) overlay.scroll = Math.max(0, overlay.scroll + by)
  else if (key.name !== 'mouse') app.overlay = null
  app.changed()
  return true
}

function pressList(app: App, overlay: Extract<Overlay, { kind: 'list' }>, key: Key): true {
  const last = overlay.choices.length - 1
  const digit = key.name === 'char' && /^[1-9]$/.test(key.text) ? Number(key.text) - 1 : -1
  if (key.name === 'up') overlay.selected = overlay.selected === 0 ? last : overlay.selected - 1
  else if (key.name === 'down' || key.name === 'tab') overlay.selected = overlay.selected === last ? 0 : overlay.selected + 1
  else if (key.name === 'home' || key.name === 'end') overlay.selected = key.name === 'home' ? 0 : last
  else if (key.name === 'return') choose(app, overlay, overlay.selected)
  else if (digit >= 0 && digit <= last) choose(app, overlay, digit)
  app.changed()
  return true
}

function choose(app: App, overlay: Extract<Overlay, { kind: 'list' }>, at: number): void {
  const choice = overlay.choices[at]
  app.overlay = null
  if (choice !== undefined) overlay.choose(choice.id)
}
