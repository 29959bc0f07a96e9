// What an extension's parser answers to a wrong option; the tool prints it behind its name and version.

/** Exit codes of the xtables tools. */
export type XtablesStatus = 1 | 2 | 3 | 4
export const OTHER_PROBLEM: XtablesStatus = 1
export const PARAMETER_PROBLEM: XtablesStatus = 2
export const VERSION_PROBLEM: XtablesStatus = 3

export class XtablesError extends Error {
  constructor(
    readonly status: XtablesStatus,
    message: string,
  ) {
    super(message)
  }
}

export function badParameter(message: string): XtablesError {
  return new XtablesError(PARAMETER_PROBLEM, message)
}
