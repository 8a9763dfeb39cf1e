import type { TableColumn } from "../../table/data-table.tsx";
import { formatValue } from "../../units/units.ts";

/** A column of numbers in a unit (units.ts); null where a row has none. */
export function numberColumn<Row>(
  id: string,
  title: string,
  unit: string,
  value: (row: Row) => number | null | undefined,
): TableColumn<Row> {
  return {
    id,
    title,
    numeric: true,
    value: (row) => value(row) ?? null,
    text: (row) => formatValue(value(row), unit),
  };
}
