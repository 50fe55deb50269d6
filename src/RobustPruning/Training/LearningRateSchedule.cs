namespace RobustPruning.Training;

/// <summary>How the learning rate falls.</summary>
public enum LearningRateSchedule
{
    /// <summary>Along a cosine over all epochs, to a twentieth.</summary>
    Cosine,

    /// <summary>Along a cosine over each round, to a twentieth, and back up after each cut.</summary>
    CosinePerRound,

    /// <summary>Not at all.</summary>
    Constant,
}
