namespace TorchSharp;

public static partial class torch
{
    public static class autograd
    {
        public static void backward(
            Tensor tensor, IList<Tensor> grad_tensors = null, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor> inputs = null)
            => backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(
            Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor> inputs = null)
            => backward([tensor], grad_tensor is null ? null : [grad_tensor], retain_graph, create_graph, inputs);

        /// <summary>Adds to the grad of the leaves (or of the inputs named) the gradient of the tensors.</summary>
        public static unsafe void backward(
            IList<Tensor> tensors, IList<Tensor> grad_tensors = null, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor> inputs = null)
        {
            var (roots, grads, leaves) = (Handles(tensors), Handles(grad_tensors), Handles(inputs));
            fixed (nint* r = roots, g = grads, l = leaves)
            {
                NativeMethods.Check(NativeMethods.ts_backward(
                    r, roots.Length, g, grads.Length, Flag(retain_graph ?? create_graph), Flag(create_graph), l, leaves.Length));
            }
            KeepAlive(tensors, grad_tensors, inputs);
        }

        /// <summary>The gradient of the outputs by each of the inputs; an invalid tensor for unused inputs, where those are allowed.</summary>
        public static unsafe IList<Tensor> grad(
            IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor> grad_outputs = null, bool retain_graph = false,
            bool create_graph = false, bool allow_unused = false)
        {
            var (roots, leaves, grads) = (Handles(outputs), Handles(inputs), Handles(grad_outputs));
            var results = new nint[leaves.Length];
            fixed (nint* r = roots, l = leaves, g = grads, o = results)
            {
                NativeMethods.Check(NativeMethods.ts_autograd_grad(
                    r, roots.Length, l, leaves.Length, g, grads.Length, Flag(retain_graph || create_graph), Flag(create_graph),
                    Flag(allow_unused), o));
            }
            KeepAlive(outputs, inputs, grad_outputs);
            return results.Select(Tensor.WrapOrInvalid).ToList();
        }

        private static nint[] Handles(IList<Tensor> tensors)
            => tensors is null ? [] : tensors.Select(tensor => tensor is null ? 0 : tensor.Handle).ToArray();

        private static int Flag(bool value) => value ? 1 : 0;

        private static void KeepAlive(params IList<Tensor>[] lists)
        {
            foreach (var list in lists)
            {
                if (list is null) continue;
                foreach (var tensor in list) GC.KeepAlive(tensor);
            }
        }
    }
}
