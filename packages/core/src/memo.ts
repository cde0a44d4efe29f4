/** Remembers the answers of a pure function of one text: the same definitions come again and again in a set of migrations. */
export function memo<T>(compute: (text: string) => T, most = 500): (text: string) => T {
  const answers = new Map<string, T>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = compute(text);
    if (answers.size >= most) answers.clear();
    answers.set(text, answer);
    return answer;
  };
}
