namespace TorchSharp;

public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
    MKLDNN = 2,
    OPENGL = 3,
    OPENCL = 4,
    IDEEP = 5,
    HIP = 6,
    FPGA = 7,
    MSNPU = 8,
    XLA = 9,
    MPS = 13,
    META = 14,
}

public static partial class torch
{
    public class Device
    {
        public DeviceType type { get; }

        /// <summary>Which device of its type; -1 is the current one.</summary>
        public int index { get; }

        public Device(string description)
        {
            ArgumentNullException.ThrowIfNull(description);
            var colon = description.IndexOf(':');
            type = Parse(colon < 0 ? description : description[..colon]);
            index = -1;
            if (colon >= 0)
            {
                if (!int.TryParse(description[(colon + 1)..], out var number) || number < 0)
                {
                    throw new ArgumentException($"'{description}' is not a device description.", nameof(description));
                }
                index = number;
            }
        }

        public Device(string deviceType, int index = -1) : this(Parse(deviceType), index)
        {
        }

        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = index;
        }

        /// <summary>A CUDA device by number.</summary>
        public Device(int index) : this(DeviceType.CUDA, index)
        {
        }

        public static implicit operator Device(string description) => new(description);

        public override string ToString()
        {
            var name = type.ToString().ToLowerInvariant();
            return index < 0 || type == DeviceType.CPU ? name : $"{name}:{index}";
        }

        private static DeviceType Parse(string name) => name switch
        {
            "cpu" => DeviceType.CPU,
            "cuda" => DeviceType.CUDA,
            "mps" => DeviceType.MPS,
            "meta" => DeviceType.META,
            _ => Enum.TryParse<DeviceType>(name, ignoreCase: true, out var parsed)
                ? parsed
                : throw new ArgumentException($"'{name}' is not a device type.", nameof(name)),
        };
    }

    public static Device CPU = new(DeviceType.CPU);
    public static Device META = new(DeviceType.META);

    public static Device CUDA => new(DeviceType.CUDA);

    public static Device device(string description) => new(description);

    public static Device device(string deviceType, int index = -1) => new(deviceType, index);

    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    public static Device device(int index) => new(index);
}
