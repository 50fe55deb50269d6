namespace TorchSharp.Modules;

using static torch;

public partial class SGD
{
    public sealed class State : OptimizerState, IDisposable
    {
        /// <summary>Null until the first step with momentum.</summary>
        public Tensor momentum_buffer;

        public State(Parameter parameter)
            : base(parameter)
        {
        }

        public override void Initialize(OptimizerOptions options)
        {
            Dispose();
        }

        public override void LoadStateDict(OptimizerState source) => Hold(ref momentum_buffer, ((State)source).momentum_buffer);

        public override void LoadStateDict(BinaryReader reader) => Read(reader, ref momentum_buffer);

        public override void SaveStateDict(BinaryWriter writer) => Write(writer, momentum_buffer);

        public override void to(Device device) => Move(ref momentum_buffer, device);

        public void Dispose()
        {
            momentum_buffer?.Dispose();
            momentum_buffer = null;
        }
    }
}
