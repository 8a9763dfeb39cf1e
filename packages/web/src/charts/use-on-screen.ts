/** Whether an element is on the screen, or nearly (so that it is drawn before it is scrolled to). */
import { type RefObject, useEffect, useState } from "react";
import { usePrinting } from "../app/printing.ts";

const MARGIN = "160px 0px";

/** @param initially what is taken for true until the browser has looked */
export function useOnScreen(ref: RefObject<Element | null>, initially = false): boolean {
  const [isOn, setIsOn] = useState(initially);
  const isPrinting = usePrinting();
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new IntersectionObserver((entries) => setIsOn(entries.at(-1)?.isIntersecting ?? false), {
      rootMargin: MARGIN,
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  // All of a page is printed.
  return isOn || isPrinting;
}
