/** What loads on demand is waited for on a busy machine, too: the library's second is for machines that do nothing else. */
if ('document' in globalThis) {
  const { configure } = await import('@testing-library/react');
  configure({ asyncUtilTimeout: 4_000 });
}
