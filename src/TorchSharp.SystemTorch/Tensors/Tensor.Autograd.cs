namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public bool requires_grad
        {
            get
            {
                var on = NativeMethods.ts_requires_grad(Handle);
                GC.KeepAlive(this);
                return on != 0;
            }
            set
            {
                NativeMethods.Check(NativeMethods.ts_set_requires_grad(Handle, value ? 1 : 0));
                GC.KeepAlive(this);
            }
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        public bool is_leaf
        {
            get
            {
                NativeMethods.Check(NativeMethods.ts_is_leaf(Handle, out var yes));
                GC.KeepAlive(this);
                return yes != 0;
            }
        }

        /// <summary>What backward has summed up for this tensor; null when there is nothing yet.</summary>
        public Tensor grad
        {
            get
            {
                NativeMethods.Check(NativeMethods.ts_grad(Handle, out var grad));
                GC.KeepAlive(this);
                return Wrap(grad);
            }
            set
            {
                NativeMethods.Check(NativeMethods.ts_set_grad(Handle, value is null ? 0 : value.Handle));
                GC.KeepAlive(this);
                GC.KeepAlive(value);
            }
        }

        public void retain_grad()
        {
            NativeMethods.Check(NativeMethods.ts_retain_grad(Handle));
            GC.KeepAlive(this);
        }

        public void backward() => autograd.backward([this]);

        public void backward(
            IList<Tensor> grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor> inputs = null)
            => autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);

        public Tensor detach() => Aten("detach", this);

        public Tensor detach_() => AtenInPlace("detach_", this);
    }
}
