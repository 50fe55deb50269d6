namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        /// <summary>Moves parameters along their gradients.</summary>
        public abstract partial class Optimizer : IDisposable
        {
            private protected readonly List<Modules.ParamGroup> groups = [];

            private protected Optimizer()
            {
            }

            public IEnumerable<ILearningRateController> ParamGroups => groups;

            public abstract void zero_grad();

            /// <summary>One update; with a closure, after its loss and gradients have been computed anew.</summary>
            public abstract Tensor step(Func<Tensor> closure = null);

            public abstract IEnumerable<Modules.Parameter> parameters();

            public abstract void add_param_group(Modules.ParamGroup param_group);

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (disposing)
                {
                    DisposeStates();
                    groups.Clear();
                }
            }

            private protected abstract void DisposeStates();
        }
    }
}
