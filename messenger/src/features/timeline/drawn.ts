/**
 * A symbol as a picture in colour: ⏸ and ▶ would be small signs of the text beside the others. Only drawn so, as what is sent has to
 * stay as it is.
 */
export function drawn(symbol: string): string {
  return /^(?!\p{Emoji_Presentation})\p{Extended_Pictographic}$/u.test(symbol) ? `${symbol}\uFE0F` : symbol;
}
