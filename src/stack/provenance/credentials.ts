/**
 * A text in which what stands in front of the host of a url is hidden: all of it, where it may be a token (http), else
 * the password. `git clone https://x:secret@host/a` → `git clone https://***@host/a`.
 */
export const withoutCredentials = (text: string): string =>
  text
    .replace(/(https?:\/\/)[^\s/@"'<>]*(?:@[^\s/@"'<>]*)*@/gi, '$1***@')
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s/@:"'<>]*):[^\s/"'<>]*@/gi, '$1:***@')
