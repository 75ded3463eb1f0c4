/** Names of the people inside: the first ones, and how many more. A person with two devices counts once. */
export function namesInside(
  people: readonly { readonly userId: string; readonly name: string }[],
  shown: number,
): { readonly names: readonly string[]; readonly more: number } {
  const unique = [...new Map(people.map((person) => [person.userId, person.name])).values()];
  // One more name is shorter than "and 1 more".
  const cut = unique.length === shown + 1 ? shown + 1 : shown;
  return { names: unique.slice(0, cut), more: Math.max(0, unique.length - cut) };
}
