/** PostgreSQL's text of an array of numbers or ids: a join costs less than the driver's escaping of every element. */
export const arrayText = (values: readonly (number | string)[]): string => `{${values.join(',')}}`;
