// A block of ready-made rows. Ink measures a constant blank block and paints the rows through Transform: its caches of measured and wrapped
// text are never emptied (300 bytes a distinct line), so the rows must never be the measured text.
import { Transform } from 'ink'
import { memo, useMemo } from 'react'

interface LinesProps {
  readonly rows: readonly string[]
  readonly width: number
  readonly height: number
}

export const Lines = memo(function Lines({ rows, width, height }: LinesProps) {
  const blank = useMemo(() => Array.from({ length: height }, () => ' '.repeat(width)).join('\n'), [width, height])
  return <Transform transform={(_text, index) => rows[index] ?? ''}>{blank}</Transform>
})
