declare module "virtual:icon/*" {
  const icon: import("./drawn.tsx").Icon;
  export default icon;
}
