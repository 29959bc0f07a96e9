/** Priority of a flow that says none; it is not printed. */
export const DEFAULT_PRIORITY = 32768
