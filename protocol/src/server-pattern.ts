/**
 * Patterns that name Matrix servers in a policy: an exact name, port included (`example.org`, `localhost:8448`), every
 * subdomain whatever its port (`*.example.org`, not `example.org` itself; with a port, on that one only), or everybody (`*`).
 */
export const SERVER_PATTERN = /^(\*|(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?|\[[0-9a-f:.]+\](:\d{1,5})?)$/;

/** Does this server name (without regard to case) fall under the pattern? */
export function matchesServer(pattern: string, serverName: string): boolean {
  const name = serverName.toLowerCase();
  if (pattern === '*') return true;
  if (!pattern.startsWith('*.')) return pattern === name;
  const withPort = /:\d+$/;
  const part = withPort.test(pattern) ? name : name.replace(withPort, '');
  return part.length > pattern.length - 1 && part.endsWith(pattern.slice(1));
}
